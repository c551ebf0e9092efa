// What the notes page says in words.

const MOST = 4; // names

/** "Ada, Grace and 2 others are in this note", "" when nobody is. names: of everybody; null and "" for whoever shows none. */
export function whoIsHere(names) {
  const named = [...new Set(names.filter(Boolean))];
  const further = Math.max(named.length - MOST, 0) + names.filter((name) => !name).length;
  if (!named.length) return further ? `${further === 1 ? "Somebody is" : `${further} others are`} in this note` : "";
  const rest = further ? ` and ${further === 1 ? "somebody else" : `${further} others`}` : "";
  return `${named.slice(0, MOST).join(", ")}${rest} ${named.length + further > 1 ? "are" : "is"} in this note`;
}
