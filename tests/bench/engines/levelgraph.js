// LevelGraph: triples over Level. Reads from memory (its fastest backend); writes go to IndexedDB (its browser backend).
import { BrowserLevel } from "browser-level-1";
import levelgraph from "levelgraph";
import { MemoryLevel } from "memory-level-1";
import { Walks, countTriangles } from "./by-hand.js";

const call = (run) => new Promise((resolve, reject) => run((error, result) => (error ? reject(error) : resolve(result))));

export async function open(data) {
  const store = new Store(levelgraph(new MemoryLevel()));
  await store.load(data);
  return store;
}

export async function openToWrite() {
  return new Store(levelgraph(new BrowserLevel(`levelgraph-${Math.random()}`)));
}

class Store extends Walks {
  constructor(db) {
    super();
    this.db = db;
  }

  get(pattern) {
    return call((done) => this.db.get(pattern, done));
  }

  put(triples) {
    return call((done) => this.db.put(triples, done));
  }

  async load(data) {
    const triples = [];
    const say = (subject, predicate, object) => triples.push({ subject, predicate, object });
    for (const [id, name, age, city] of data.persons) {
      say(id, "name", name);
      say(id, "age", age);
      say(id, "livesIn", `c${city}`);
    }
    for (const [low, high] of data.knows) {
      say(`p${low}`, "knows", `p${high}`);
      say(`p${low}`, "friend", `p${high}`);
      say(`p${high}`, "friend", `p${low}`);
    }
    for (const [person, tag] of data.interests) say(`p${person}`, "likes", `t${tag}`);
    for (const [id, author, likes] of data.posts) {
      say(id, "likes", likes);
      say(`p${author}`, "wrote", id);
    }
    for (let at = 0; at < triples.length; at += 2_000) await this.put(triples.slice(at, at + 2_000));
  }

  async lookup(ids) {
    const rows = [];
    for (const id of ids) {
      const facts = await this.get({ subject: id });
      const value = (name) => facts.find((fact) => fact.predicate === name).object;
      rows.push([value("name"), value("age")]);
    }
    return rows;
  }

  async neighbours(id) {
    return (await this.get({ subject: id, predicate: "friend" })).map((triple) => triple.object);
  }

  async top(count) {
    const posts = (await this.get({ predicate: "likes" })).filter((fact) => typeof fact.object === "number");
    posts.sort((left, right) => right.object - left.object);
    const rows = [];
    for (const { subject, object } of posts.slice(0, count)) {
      const [{ subject: author }] = await this.get({ predicate: "wrote", object: subject });
      const [{ object: name }] = await this.get({ subject: author, predicate: "name" });
      rows.push([subject, object, name]);
    }
    return rows;
  }

  async triangles() {
    return countTriangles((await this.get({ predicate: "knows" })).map(({ subject, object }) => [subject, object]));
  }

  triples([id, name, age, friend]) {
    return [
      { subject: id, predicate: "name", object: name },
      { subject: id, predicate: "age", object: age },
      { subject: id, predicate: "friend", object: friend },
      { subject: friend, predicate: "friend", object: id },
    ];
  }

  insert(people) {
    return this.put(people.flatMap((person) => this.triples(person)));
  }

  async single(people) {
    for (const person of people) await this.put(this.triples(person));
  }

  async count() {
    return (await this.get({ predicate: "name" })).length;
  }
}
