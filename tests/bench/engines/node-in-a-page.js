// What the packages expect of Node. Ticks are microtasks: a shim over setTimeout would cost 4 ms each.
export { Buffer } from "buffer";

export const process = {
  env: {},
  browser: true,
  nextTick: (run, ...values) => queueMicrotask(() => run(...values)),
};
export default process;

const { port1, port2 } = new MessageChannel();
const waiting = [];
port1.onmessage = () => waiting.shift()();

/** Like Node's: after what is under way, without the delay of setTimeout. */
export const setImmediate = (run, ...values) => {
  waiting.push(() => run(...values));
  port2.postMessage(0);
};
