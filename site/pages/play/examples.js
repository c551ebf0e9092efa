// Pieces of Python to press and run: each one shows a verb.

export const EXAMPLES = [
  ["Write a vertex", 'await graph.put("alice", {"name": "Alice", "age": 30}, labels=["Person"])'],
  ["Read it", 'await graph.get("alice")'],
  ["Connect two", 'await graph.put("bob", {"name": "Bob"}, labels=["Person"])\nawait graph.link("alice", "KNOWS", "bob", {"since": 2024})'],
  ["All or nothing", 'async with graph.transaction() as tx:\n    tx.put("alice", {"age": 31})\n    tx.put("carol", {"name": "Carol"}, labels=["Person"])\n'],
  ["Delete", 'await graph.delete("carol")'],
  ["Who is connected, and how", "print(graph.status)"],
];
