// How the console runs Python: names stay from one entry to the next, what is printed is caught, errors are short.

const SETUP = `
import sys, types
if "__console__" not in sys.modules:
    console = types.ModuleType("__console__")
    sys.modules["__console__"] = console
    exec('''
import contextlib, io, textwrap, traceback
from pyodide.code import eval_code_async

scope = {"__name__": "__console__"}
MAX_CHARACTERS = 20_000

def shorten(text):
    return text if len(text) <= MAX_CHARACTERS else text[:MAX_CHARACTERS] + "\\\\n… " + str(len(text) - MAX_CHARACTERS) + " more characters"

def explain(error, name):
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == name]
    places = ["line " + str(frame.lineno) + (" in " + frame.name if frame.name != "<module>" else "") for frame in frames]
    lines = traceback.format_exception_only(type(error), error)
    if isinstance(error, SyntaxError):
        return textwrap.dedent("".join(lines[1:-1])) + lines[-1].strip()
    said = "".join(lines).strip().removeprefix("graphvine.errors.")
    return said + ("\\\\n" + ", ".join(places) if places else "")

async def run(code, graph):
    scope["graph"] = graph
    printed, shown, problem = io.StringIO(), None, None
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            value = await eval_code_async(code, globals=scope, filename="<console>")
            if value is not None:
                scope["_"] = value
                shown = repr(value)
        except BaseException as error:
            problem = explain(error, "<console>")
    return {"printed": shorten(printed.getvalue()), "shown": shown and shorten(shown), "error": problem and shorten(problem)}
''', console.__dict__)
`;

/** The code to hand to `graph.run` for one entry. A JSON text is a Python literal too, except for half surrogates. */
export function wrap(code) {
  return `${SETUP}\nawait sys.modules["__console__"].run(${JSON.stringify(code.toWellFormed())}, graph)`;
}

const OPENERS = { "(": ")", "[": "]", "{": "}" };

/** Whether a piece of Python goes on: an open bracket, an open block, or a line that ends in a backslash. */
export function isUnfinished(code) {
  const lines = code.split("\n");
  const last = lines.at(-1);
  const plain = code.replace(/#.*$/gm, "").replace(/("""|''')[\s\S]*?\1|"(\\.|[^"\\\n])*"|'(\\.|[^'\\\n])*'/g, '""');
  if (/"""|'''/.test(plain)) return true;
  let depth = 0;
  for (const sign of plain) {
    if (sign in OPENERS) depth += 1;
    else if (Object.values(OPENERS).includes(sign)) depth -= 1;
  }
  if (depth > 0 || /\\$/.test(plain)) return true;
  if (/:\s*$/.test(plain.trimEnd()) && last.trim()) return true;
  return lines.length > 1 && last.trim() !== "" && /^\s/.test(last); // an empty line ends a block
}

/** The spaces that the line after `code` begins with. */
export function indentAfter(code) {
  const last = code.split("\n").at(-1);
  const present = last.match(/^ */)[0];
  return /[:([{]\s*$/.test(last.replace(/#.*$/, "")) ? `${present}    ` : present;
}
