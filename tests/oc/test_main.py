"""The frame: how commands are found, how flags and errors behave."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.oc.errors import CommandError, UsageError
from simulator.oc.flags import FILENAME, SELECTOR, Flag, parse, parse_duration
from simulator.oc.main import VERBS, find, split
from tests.oc.conftest import MODERN

TABLE = (
    FILENAME,
    SELECTOR,
    Flag("watch", "", "bool", "w"),
    Flag("all", "", "bool"),
    Flag("replicas", "", "int"),
    Flag("timeout", "", "duration"),
    Flag("literal", "", "array"),
)


@pytest.mark.parametrize(
    ("words", "values", "args"),
    [
        (["-f", "a", "x"], {"filename": ("a",)}, ["x"]),
        (["-fa,b", "x", "-f=c"], {"filename": ("a", "b", "c")}, ["x"]),
        (["x", "--selector=a=b", "y"], {"selector": "a=b"}, ["x", "y"]),
        (["-wl", "a=b"], {"watch": True, "selector": "a=b"}, []),
        (["--watch=false", "--all"], {"watch": False, "all": True}, []),
        (["--literal", "a=1,2", "--literal=b"], {"literal": ("a=1,2", "b")}, []),
        (["--timeout", "1m30s", "--replicas=3"], {"timeout": 90.0, "replicas": 3}, []),
        (["a", "--", "-w", "b"], {"watch": False}, ["a", "-w", "b"]),
        (["-"], {}, ["-"]),
    ],
)
def test_flags_parse_as_pflag_does(words: list[str], values: dict[str, object], args: list[str]) -> None:
    flags = parse(TABLE, words)
    assert {name: flags.values[name] for name in values} == values
    assert flags.args == args


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--bogus"], "unknown flag: --bogus"),
        (["-xw"], "unknown shorthand flag: 'x' in -xw"),
        (["--selector"], "flag needs an argument: --selector"),
        (["-wl"], "flag needs an argument: 'l' in -l"),
        (["--=x"], "bad flag syntax: --=x"),
        (["--replicas=x"], 'invalid argument "x" for "--replicas" flag: strconv.ParseInt: parsing "x": invalid syntax'),
        (
            ["-w=maybe"],
            'invalid argument "maybe" for "-w, --watch" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
        ),
        (["--timeout=30"], 'invalid argument "30" for "--timeout" flag: time: missing unit in duration 30'),
    ],
)
def test_wrong_flags_are_refused_in_pflags_words(words: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=r".") as caught:
        parse(TABLE, words)
    assert str(caught.value) == message


def test_without_interspersed_flags_the_first_argument_ends_them() -> None:
    flags = parse(TABLE, ["-w", "pod", "-l"], interspersed=False)
    assert flags.args == ["pod", "-l"]
    assert flags.flag("watch")


def test_the_place_of_the_double_dash_is_known() -> None:
    assert parse(TABLE, ["pod", "--", "ls"]).dash_at == 1
    assert parse(TABLE, ["pod"]).dash_at is None


@pytest.mark.parametrize(("text", "seconds"), [("0", 0), ("1h2m3s", 3723), ("500ms", 0.5), ("-1s", -1), ("1.5m", 90)])
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


def test_global_flags_may_stand_before_the_verb() -> None:
    assert split(["-n", "demo", "--loglevel=4", "get", "-w"]) == (["-n", "demo", "--loglevel=4"], "get", ["-w"])
    assert split([]) == ([], "", [])


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_loads_and_names_itself(verb: str) -> None:
    assert find(verb, MODERN).path == f"oc {verb}"


def test_an_older_client_does_not_know_later_verbs() -> None:
    with pytest.raises(CommandError) as unknown:
        find("events")
    assert unknown.value.text.startswith('Error: unknown command "events" for "oc"')


def test_unknown_verbs() -> None:
    with pytest.raises(CommandError) as unknown:
        find("foo")
    assert unknown.value.text == 'Error: unknown command "foo" for "oc"\nRun \'oc --help\' for usage.'
    with pytest.raises(CommandError) as near:
        find("gte")
    assert "Did you mean this?\n\tget\n\nRun 'oc --help' for usage." in near.value.text
    with pytest.raises(CommandError) as unbuilt:
        find("new-app")
    assert unbuilt.value.text.startswith('error: "oc new-app" is not available in this simulator')


def test_an_unknown_flag_shows_the_whole_usage(bench: Any) -> None:
    ran = bench.run("oc get pods --bogus")
    assert ran.status == 1
    assert ran.stdout == ""
    assert ran.stderr.startswith("Error: unknown flag: --bogus\n\n\nUsage:\n  oc get ")
    assert "\nOptions:\n  -A, --all-namespaces=false: " in ran.stderr
    assert ran.stderr.endswith(
        'Use "oc options" for a list of global command-line options (applies to all commands).\n'
    )


def test_a_command_takes_a_moment(bench: Any) -> None:
    before = bench.clock.now()
    bench.run("oc get pods")
    assert bench.clock.now() == pytest.approx(before + 0.2)


@pytest.mark.parametrize("line", ["oc", "oc help", "oc --help", "oc -h"])
def test_help_lists_the_commands(bench: Any, line: str) -> None:
    ran = bench.run(line)
    assert (ran.status, ran.stderr) == (0, "")
    assert ran.stdout.startswith("OpenShift Client \n\n")
    assert "\nApplication Management Commands:\n  get             Display one or many resources\n" in ran.stdout


@pytest.mark.parametrize("line", ["oc get --help", "oc get -h", "oc help get"])
def test_help_of_a_verb(bench: Any, line: str) -> None:
    ran = bench.run(line)
    assert ran.status == 0
    assert ran.stdout.startswith("Display one or many resources \n\n")
    assert "\nUsage:\n  oc get [(-o|--output=)" in ran.stdout
    assert "\nExamples:\n  # List the pods of the current project\n  oc get pods\n" in ran.stdout


def test_help_of_a_group_lists_its_commands(bench: Any) -> None:
    ran = bench.run("oc create secret --help")
    assert ran.status == 0
    assert "Available Commands:\n  docker-registry Create a secret for use with a registry\n" in ran.stdout


def test_adm_lists_what_the_real_one_has(bench: Any) -> None:
    assert "Node Management:\n  drain " in bench.run("oc adm").stderr
    assert bench.run("oc adm").status == 1
    assert bench.run("oc adm prune builds").stderr.startswith(
        'error: "oc adm prune" is not available in this simulator'
    )
    assert bench.run("oc adm frob").stderr.startswith('Error: unknown command "frob" for "oc adm"')


def test_options_lists_the_global_flags(bench: Any) -> None:
    ran = bench.run("oc options")
    assert ran.stdout.startswith("The following options can be passed to any command:\n\n      --as=''")
    assert "  -n, --namespace=''" in ran.stdout


def test_as_speaks_for_another_user(bench: Any) -> None:
    bench.allow("developer", "create", "configmaps")
    bench.run("oc --as=developer create configmap x")
    assert bench.state.log.read(bench.state.revision - 1)[0].cause == "developer"


@pytest.mark.parametrize("flag", ["--kubeconfig=/x", "--context=other", "--server=https://other:6443"])
def test_there_is_no_other_cluster(bench: Any, flag: str) -> None:
    ran = bench.run(f"oc {flag} get pods")
    assert ran.stderr.startswith(f"error: {flag.partition('=')[0]} is not available in this simulator: ")
    assert bench.run("oc --server=https://api.example.com:6443 get pods").status == 0


def test_a_deprecated_flag_warns(bench: Any) -> None:
    ran = bench.run("oc get cm --export")
    assert ran.stderr.startswith("Flag --export has been deprecated, ")
