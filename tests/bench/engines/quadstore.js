// quadstore: RDF over Level. Reads from memory (its fastest backend); writes go to IndexedDB (its browser backend).
// Asked by its own get(), not by SPARQL.
import { BrowserLevel } from "browser-level";
import { MemoryLevel } from "memory-level";
import { Quadstore } from "quadstore";
import { DataFactory } from "rdf-data-factory";
import { Walks, countTriangles } from "./by-hand.js";

const factory = new DataFactory();
const INTEGER = factory.namedNode("http://www.w3.org/2001/XMLSchema#integer");
const node = (name) => factory.namedNode(`g:${name}`);
const number = (value) => factory.literal(`${value}`, INTEGER);
const nameOf = (term) => term.value.slice(2);

export async function open(data) {
  const store = await start(new MemoryLevel());
  await store.load(data);
  return store;
}

export const openToWrite = () => start(new BrowserLevel(`quadstore-${Math.random()}`));

async function start(backend) {
  const db = new Quadstore({ backend, dataFactory: factory });
  await db.open();
  return new Store(db);
}

class Store extends Walks {
  constructor(db) {
    super();
    this.db = db;
  }

  async get(pattern, options) {
    return (await this.db.get(pattern, options)).items;
  }

  async load(data) {
    const quads = [];
    const say = (subject, predicate, object) => quads.push(factory.quad(node(subject), node(predicate), object));
    for (const [id, name, age, city] of data.persons) {
      say(id, "name", factory.literal(name));
      say(id, "age", number(age));
      say(id, "livesIn", node(`c${city}`));
    }
    for (const [low, high] of data.knows) {
      say(`p${low}`, "knows", node(`p${high}`));
      say(`p${low}`, "friend", node(`p${high}`));
      say(`p${high}`, "friend", node(`p${low}`));
    }
    for (const [person, tag] of data.interests) say(`p${person}`, "interest", node(`t${tag}`));
    for (const [id, author, likes] of data.posts) {
      say(id, "likes", number(likes));
      say(`p${author}`, "wrote", node(id));
    }
    for (let at = 0; at < quads.length; at += 2_000) await this.db.multiPut(quads.slice(at, at + 2_000));
  }

  async lookup(ids) {
    const rows = [];
    for (const id of ids) {
      const facts = await this.get({ subject: node(id) });
      const value = (name) => facts.find((fact) => fact.predicate.value === `g:${name}`).object.value;
      rows.push([value("name"), +value("age")]);
    }
    return rows;
  }

  async neighbours(id) {
    return (await this.get({ subject: node(id), predicate: node("friend") })).map((quad) => nameOf(quad.object));
  }

  async top(limit) {
    // Numbers are sorted in its index of predicate and object.
    const posts = await this.get({ predicate: node("likes") }, { order: ["predicate", "object"], reverse: true, limit });
    const rows = [];
    for (const { subject, object } of posts) {
      const [{ subject: author }] = await this.get({ predicate: node("wrote"), object: subject });
      const [{ object: name }] = await this.get({ subject: author, predicate: node("name") });
      rows.push([nameOf(subject), +object.value, name.value]);
    }
    return rows;
  }

  async triangles() {
    const quads = await this.get({ predicate: node("knows") });
    return countTriangles(quads.map(({ subject, object }) => [subject.value, object.value]));
  }

  quads([id, name, age, friend]) {
    return [
      factory.quad(node(id), node("name"), factory.literal(name)),
      factory.quad(node(id), node("age"), number(age)),
      factory.quad(node(id), node("friend"), node(friend)),
      factory.quad(node(friend), node("friend"), node(id)),
    ];
  }

  insert(people) {
    return this.db.multiPut(people.flatMap((person) => this.quads(person)));
  }

  async single(people) {
    for (const person of people) await this.db.multiPut(this.quads(person));
  }

  async count() {
    return (await this.get({ predicate: node("name") })).length;
  }
}
