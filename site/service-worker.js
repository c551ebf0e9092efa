// Keeps the whole site: the second visit starts without a network. The build writes the list of files and their hashes.
// A new version takes over at once, copies what did not change from the old one, and deletes it.
const BUILD = __GRAPHVINE_FILES__;

const SCOPE = new URL("./", self.location.href).href;
const PREFIX = `graphvine ${SCOPE} `; // several copies of the site may live on one origin, under different paths
const NAME = PREFIX + BUILD.version;
const PATIENCE_MS = 3000; // how long a page may wait for what could be fresher
const LIST = SCOPE + "service-worker-files"; // the list of a cache, kept inside it

self.addEventListener("install", (event) => event.waitUntil(fill().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(clean().then(() => self.clients.claim())));

async function fill() {
  const cache = await caches.open(NAME);
  const older = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME);
  const queue = Object.entries(BUILD.files);
  const worker = async () => {
    for (let entry = queue.pop(); entry; entry = queue.pop()) await keep(cache, older, ...entry);
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  await cache.put(LIST, Response.json(BUILD.files));
}

async function keep(cache, older, path, hash) {
  const url = SCOPE + path;
  for (const name of [NAME, ...older]) {
    if ((await hashesOf(name))[path] !== hash) continue;
    const known = await caches.match(url, { cacheName: name });
    if (known) return name === NAME ? undefined : cache.put(url, known);
  }
  const response = await fetch(url, { cache: "no-cache", integrity: hash });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  await cache.put(url, path.endsWith(".bin.gz") ? inflated(response) : response);
}

// Unpacked once, here, and not at every start.
function inflated(response) {
  return new Response(response.body.pipeThrough(new DecompressionStream("gzip")), { headers: { "x-graphvine-inflated": "1" } });
}

const hashes = new Map(); // cache name -> what its files hash to

async function hashesOf(name) {
  if (!hashes.has(name)) hashes.set(name, await caches.match(LIST, { cacheName: name }).then((list) => list?.json() ?? {}));
  return hashes.get(name);
}

async function clean() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== NAME).map((name) => caches.delete(name)));
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  url.search = url.hash = "";
  if (event.request.method !== "GET" || !url.href.startsWith(SCOPE)) return;
  const path = url.href.slice(SCOPE.length) || "index.html";
  if (path === "config.json") event.respondWith(fresh(event.request, url.href));
  else if (path in BUILD.files) event.respondWith(kept(event.request, SCOPE + path));
});

async function kept(request, url) {
  return (await caches.match(url, { cacheName: NAME })) ?? fetch(request);
}

// What whoever serves the site may change without building it again: from the network, or as it was last time.
async function fresh(request, url) {
  const cache = await caches.open(NAME);
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (response.ok) await cache.put(url, response.clone());
    return response;
  } catch {
    return (await caches.match(url)) ?? new Response("{}", { headers: { "content-type": "application/json" } });
  }
}
