// Runs a Python file in Pyodide under Node and prints what it returns: node run.mjs CHECKOUT SITE-PACKAGES FILE
import { readFileSync } from "node:fs";
import { loadPyodide } from "pyodide";

const [checkout, sitePackages, file] = process.argv.slice(2);
const python = await loadPyodide({ fullStdLib: true });
python.mountNodeFS("/checkout", checkout);
python.mountNodeFS("/packages", sitePackages);
python.runPython("import sys; sys.path += ['/checkout', '/packages']");
process.stdout.write(python.runPython(readFileSync(file, "utf-8")));
