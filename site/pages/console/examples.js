// Queries that teach, on the example graph (Les Misérables) and on any other.

export const LES_MISERABLES = [
  { title: "Who is there?", text: "MATCH (c:Character)\nRETURN c.name AS name, c.group AS circle\nORDER BY name LIMIT 20" },
  { title: "Who appears with whom, as a picture", text: "MATCH path = (:Character {name: 'Cosette'})-[]-(other)\nRETURN path" },
  { title: "Who knows the most people?", text: "MATCH (c:Character)-[e]-()\nRETURN c.name AS name, count(e) AS connections\nORDER BY connections DESC LIMIT 10" },
  { title: "The shortest way between two", text: "MATCH path = shortestPath((a {name: 'Napoleon'})-[*]-(b {name: 'Gavroche'}))\nRETURN path, length(path) AS steps" },
  { title: "Circles and how large they are (pin it!)", text: "MATCH (c:Character)\nRETURN c.group AS circle, count(*) AS members\nORDER BY members DESC" },
  { title: "Friends of friends that are not friends", text: "MATCH (c {name: 'Cosette'})-[]-(friend)-[]-(other)\nWHERE other <> c AND NOT (c)--(other)\nRETURN other.name AS name, count(friend) AS shared\nORDER BY shared DESC LIMIT 10" },
  { title: "Change something (Undo takes it back)", text: "MATCH (c {name: 'Valjean'})\nSET c:Hero, c.number = 24601\nRETURN c" },
  { title: "How is a query run?", text: "PROFILE MATCH (c:Character)-[]-(other)\nWHERE c.name STARTS WITH 'M'\nRETURN c.name, collect(other.name) AS others" },
];

export const ANYWHERE = [
  { title: "A first look", text: "MATCH (n)\nRETURN n LIMIT 25" },
  { title: "What labels are there?", text: "MATCH (n)\nUNWIND labels(n) AS label\nRETURN label, count(*) AS vertices\nORDER BY vertices DESC" },
  { title: "What connects what?", text: "MATCH (a)-[e]->(b)\nRETURN labels(a) AS source, type(e) AS type, labels(b) AS target, count(*) AS edges\nORDER BY edges DESC" },
  { title: "Make two people who know each other", text: "CREATE (:Person {name: 'Ada'})-[:KNOWS {since: 1833}]->(:Person {name: 'Charles'})" },
  { title: "Make one only if it is not there yet", text: "MERGE (p:Person {name: 'Grace'})\nON CREATE SET p.born = date('1906-12-09')\nRETURN p" },
];
