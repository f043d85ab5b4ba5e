"""The kubelets: one reconcile loop over all pods that are bound to a node, and the door to their containers.

| module          | concern                                                        |
|-----------------|----------------------------------------------------------------|
| ``loop``        | the reconcile loop: what is due for one pod, in order           |
| ``record``      | what a ``PodSandbox`` holds                                     |
| ``volumes``     | waiting for volumes, and what is mounted                        |
| ``pulling``     | images: present, pulled, refused                                |
| ``containers``  | one container's life: pull, create, run, exit, back-off         |
| ``environment`` | a container's variables                                         |
| ``probes``      | readiness and liveness                                          |
| ``ending``      | preStop hooks, SIGTERM, the grace period                       |
| ``status``      | the pod's status, computed from the record                      |
| ``content``     | the files of secrets, config maps, tokens                      |
| ``view``        | a running container as a filesystem, a user and a process       |
| ``door``        | exec, attach, logs                                              |
| ``logs``        | a container's log, read or followed                             |
| ``output``      | lines with their times                                          |
| ``live``        | a main program that waits for somebody to type                  |
| ``changes``     | hearing of what happens to one pod                              |
"""

from simulator.infra.kubelet.door import Kubelet
from simulator.infra.kubelet.loop import CONTROLLER

__all__ = ["CONTROLLER", "Kubelet"]
