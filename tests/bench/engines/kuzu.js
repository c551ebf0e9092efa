// kuzu-wasm, the build without threads (a page without COOP and COEP has none), called synchronously: no messages to pay.
// In memory: what it writes is on no disk.
import kuzu from "kuzu-wasm/sync";

export async function open(data) {
  await kuzu.init();
  const connection = new kuzu.Connection(new kuzu.Database(":memory:"));
  const store = new Store(connection);
  store.load(data);
  return store;
}

export async function openToWrite(data) {
  return open({ ...data, knows: [], interests: [], posts: [] });
}

const SCHEMA = [
  "CREATE NODE TABLE Person(id STRING, name STRING, age INT64, PRIMARY KEY (id))",
  "CREATE NODE TABLE City(id STRING, PRIMARY KEY (id))",
  "CREATE NODE TABLE Tag(id STRING, PRIMARY KEY (id))",
  "CREATE NODE TABLE Post(id STRING, likes INT64, PRIMARY KEY (id))",
  "CREATE REL TABLE LIVES_IN(FROM Person TO City)",
  "CREATE REL TABLE KNOWS(FROM Person TO Person)",
  "CREATE REL TABLE INTERESTED_IN(FROM Person TO Tag)",
  "CREATE REL TABLE WROTE(FROM Person TO Post)",
];

class Store {
  constructor(connection) {
    this.connection = connection;
  }

  rows(text, parameters) {
    const prepared = parameters && (this.prepared ??= new Map()).get(text);
    let statement = prepared;
    if (parameters && !statement) this.prepared.set(text, (statement = this.connection.prepare(text)));
    const result = parameters ? this.connection.execute(statement, parameters) : this.connection.query(text);
    if (!result.isSuccess()) throw new Error(result.getErrorMessage());
    const rows = result.getAllRows();
    result.close();
    return rows.map((row) => row.map((value) => (typeof value === "string" ? value : Number(value))));
  }

  copy(table, rows) {
    if (!rows.length) return;
    kuzu.getFS().writeFile(`/${table}.csv`, rows.map((row) => row.join(",")).join("\n"));
    this.rows(`COPY ${table} FROM '/${table}.csv' (HEADER=false)`);
  }

  load(data) {
    for (const text of SCHEMA) this.rows(text);
    this.copy("Person", data.persons.map(([id, name, age]) => [id, name, age]));
    this.copy("City", Array.from({ length: data.cities }, (_, number) => [`c${number}`]));
    this.copy("Tag", Array.from({ length: data.tags }, (_, number) => [`t${number}`]));
    this.copy("Post", data.posts.map(([id, , likes]) => [id, likes]));
    this.copy("LIVES_IN", data.persons.map(([id, , , city]) => [id, `c${city}`]));
    this.copy("KNOWS", data.knows.map(([low, high]) => [`p${low}`, `p${high}`]));
    this.copy("INTERESTED_IN", data.interests.map(([person, tag]) => [`p${person}`, `t${tag}`]));
    this.copy("WROTE", data.posts.map(([id, author]) => [`p${author}`, id]));
  }

  lookup(ids) {
    return ids.map((id) => this.rows("MATCH (p:Person {id: $id}) RETURN p.name, p.age", { id })[0]);
  }

  friends(ids) {
    const text = "MATCH (p:Person {id: $id})-[:KNOWS]-()-[:KNOWS]-(f:Person) WHERE f.id <> $id RETURN DISTINCT f.id";
    return ids.map((id) => this.rows(text, { id }).map(([other]) => other).sort());
  }

  shortest(pairs) {
    const text =
      "MATCH q = (a:Person {id: $start})-[:KNOWS* SHORTEST 1..20]-(b:Person {id: $other}) RETURN length(q)";
    return pairs.map(([start, end]) => (start === end ? 0 : (this.rows(text, { start, other: end })[0] ?? [null])[0]));
  }

  top(count) {
    return this.rows(
      `MATCH (p:Person)-[:WROTE]->(m:Post) RETURN m.id, m.likes, p.name ORDER BY m.likes DESC LIMIT ${count}`,
    );
  }

  triangles() {
    const text = "MATCH (a:Person)-[:KNOWS]->(b:Person)-[:KNOWS]->(c:Person), (a)-[:KNOWS]->(c) RETURN count(*)";
    return this.rows(text)[0][0];
  }

  insert(people) {
    this.rows("BEGIN TRANSACTION");
    this.add(people);
    this.rows("COMMIT");
  }

  single(people) {
    this.add(people);
  }

  add(people) {
    const text =
      "MATCH (f:Person {id: $friend}) CREATE (:Person {id: $id, name: $name, age: $age})-[:KNOWS]->(f)";
    for (const [id, name, age, friend] of people) this.rows(text, { id, name, age, friend });
  }

  count() {
    return this.rows("MATCH (p:Person) WHERE p.id STARTS WITH 'new' OR p.id STARTS WITH 'one' RETURN count(*)")[0][0];
  }
}
