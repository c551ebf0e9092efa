// The smallest page that holds an open graph: what the benchmarks measure. ?space=…&relay=…
import { start } from "../graphvine.js";

await start();
