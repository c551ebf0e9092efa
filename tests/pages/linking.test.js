import assert from "node:assert/strict";
import { test } from "node:test";
import { wrappers } from "../../site/linking.js";

const typed = (sig, call) => Object.assign(call, { sig });

test("functions come back from one module as functions of wasm", () => {
  const given = [typed("v", () => {}), typed("iii", (a, b) => a - b), typed("dfp", (a, b) => a / b), typed("ji", (a) => BigInt(a) << 40n)];
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wrappers(given)), { e: given });
  assert.equal(exports[0](), undefined);
  assert.equal(exports[1](7, 9), -2);
  assert.equal(exports[2](1.5, 2), 0.75);
  assert.equal(exports[3](3), 3n << 40n);
  const table = new WebAssembly.Table({ element: "anyfunc", initial: 4 });
  for (const at of given.keys()) table.set(at, exports[at]); // takes no function of JavaScript
});

test("several hundred functions need longer numbers", () => {
  const given = Array.from({ length: 300 }, (_, at) => typed("ii", (a) => a + at));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wrappers(given)), { e: given });
  assert.deepEqual([0, 127, 128, 299].map((at) => exports[at](1)), [1, 128, 129, 300]);
});
