// Cypher text as tokens: for colours, and for what can be completed at a place.

const PATTERN = new RegExp(
  [
    "(?<comment>//[^\\n]*|/\\*[\\s\\S]*?(?:\\*/|$))",
    "(?<string>'(?:[^'\\\\]|\\\\[\\s\\S])*(?:'|$)|\"(?:[^\"\\\\]|\\\\[\\s\\S])*(?:\"|$))",
    "(?<quoted>`(?:[^`]|``)*(?:`|$))",
    "(?<parameter>\\$(?:`(?:[^`]|``)*(?:`|$)|[\\p{L}\\p{N}_]*))",
    "(?<number>0[xX][0-9a-fA-F]+|0[oO][0-7]+|(?:\\d+\\.\\d+|\\.\\d+|\\d+)(?:[eE][+-]?\\d+)?)",
    "(?<name>[\\p{L}_][\\p{L}\\p{N}_]*)",
    "(?<symbol><=|>=|<>|=~|\\+=|\\.\\.|!=|\\|\\||->|<-|[^\\s])",
    "(?<space>\\s+)",
  ].join("|"),
  "uy",
);

/** Tokens of `text`: {kind, text, start, end}. kind: a name of a group above, without "space". Never fails. */
export function tokenize(text) {
  const tokens = [];
  PATTERN.lastIndex = 0;
  for (let start = 0; start < text.length; start = PATTERN.lastIndex) {
    PATTERN.lastIndex = start;
    const found = PATTERN.exec(text);
    if (!found) break;
    const kind = Object.keys(found.groups).find((name) => found.groups[name] !== undefined);
    if (kind !== "space") tokens.push({ kind, text: found[0], start, end: PATTERN.lastIndex });
  }
  return tokens;
}

/** How a name is written in Cypher: in back quotes where it has to be. */
export function quoteName(name) {
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) ? name : `\`${name.replaceAll("`", "``")}\``;
}

/** The name that a token stands for. */
export function nameOf(token) {
  return token.kind === "quoted" ? token.text.slice(1, token.text.endsWith("`") && token.text.length > 1 ? -1 : undefined).replaceAll("``", "`") : token.text;
}

/** Names of the parameters of a text, each once, in order. */
export function parametersOf(text) {
  const names = tokenize(text).filter(({ kind, text: word }) => kind === "parameter" && word.length > 1);
  return [...new Set(names.map((token) => nameOf({ ...token, kind: token.text[1] === "`" ? "quoted" : "name", text: token.text.slice(1) })))];
}

/** The variables that can be used at the end of `tokens`: what patterns, AS, IN and paths name, since the last WITH. */
export function variablesOf(tokens) {
  let scope = new Set();
  let projected = null; // names that a WITH passes on, while we are in it
  const word = (index) => tokens[index]?.kind === "name" ? tokens[index].text.toUpperCase() : tokens[index]?.text;
  for (let index = 0; index < tokens.length; index += 1) {
    const isName = ["name", "quoted"].includes(tokens[index].kind);
    if (word(index) === "WITH" && !["STARTS", "ENDS"].includes(word(index - 1))) {
      projected = word(index + 1) === "*" || (word(index + 1) === "DISTINCT" && word(index + 2) === "*") ? scope : new Set();
    } else if (projected && CLAUSES.has(word(index))) {
      scope = projected;
      projected = null;
    } else if (isName && binds(word, index)) (projected ?? scope).add(nameOf(tokens[index]));
    else if (isName && projected && scope.has(nameOf(tokens[index])) && ["WITH", ",", "DISTINCT"].includes(word(index - 1))) projected.add(nameOf(tokens[index]));
    else if (word(index) === "UNION") [scope, projected] = [new Set(), null];
  }
  return [...(projected ?? scope)];
}

const CLAUSES = new Set(["MATCH", "OPTIONAL", "WHERE", "RETURN", "UNWIND", "CREATE", "MERGE", "SET", "DELETE", "DETACH", "REMOVE", "CALL", "FOREACH", "ORDER", "SKIP", "LIMIT"]);
const BEFORE_PATTERN = new Set(["MATCH", "CREATE", "MERGE", ",", "=", "-", "->", "<-", ">", "(", "EXISTS", "WHERE"]);

/** Whether the name at `index` is bound there: (name, [name, AS name, name IN, name = (. */
function binds(word, index) {
  const before = word(index - 1);
  if (before === "AS") return true;
  if (before === "[") return ["-", "<-"].includes(word(index - 2)) || word(index + 1) === "IN";
  if (before === "(") return BEFORE_PATTERN.has(word(index - 2)) && [":", ")", "{", undefined, "WHERE"].includes(word(index + 1)) || word(index + 1) === "IN";
  return word(index + 1) === "=" && word(index + 2) === "(" && ["MATCH", ","].includes(before);
}
