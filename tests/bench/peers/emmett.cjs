// Emmett (`@event-driven-io/emmett-postgresql`, npm): its event store on node-postgres, one process of Node.
//
// Best of what was tried: a pool of 20 connections given by ourselves (4, 10, 50 and 100 were slower or no faster), no
// look at the schema at each call, and the expected version 0 for a new stream, which spares it a query. It has no
// prepared statements and no pipelining to turn on; each append is a transaction of three round trips.
"use strict";

const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { join } = require("node:path");
const { createInterface } = require("node:readline");
const { randomUUID } = require("node:crypto");

const packages = join(process.env.PEER_PACKAGES, "/");
const fetched = createRequire(packages);
const { getPostgreSQLEventStore } = fetched("@event-driven-io/emmett-postgresql");
const pg = fetched("pg");

const POOL = 20;
const LONGEST = Number(process.env.PEER_LONGEST);
const TYPE = "Event";
const DSN = process.env.PEER_DSN;

const free = [];
let store;

/** New streams of one event. */
async function append({ callers, seconds, event }) {
  const data = JSON.parse(event);
  const [commands, took] = await byCallers(callers, seconds, async () => {
    await store.appendToStream(`case-${randomUUID()}`, [{ type: TYPE, data }], { expectedStreamVersion: 0n });
    return true;
  });
  return { commands, seconds: took, written: commands };
}

/** Read a stream, append the event that follows. */
async function loadAppend({ callers, seconds, event, history, streams }) {
  const data = JSON.parse(event);
  const past = history.map((told) => ({ type: TYPE, data: JSON.parse(told) }));
  const wanted = Math.max(0, streams - free.length);
  const names = Array.from({ length: wanted }, () => `case-${randomUUID()}`);
  await each(names, async (name) => {
    await store.appendToStream(name, past, { expectedStreamVersion: 0n });
    free.push([name, past.length]);
  });
  const [commands, took] = await byCallers(callers, seconds, async () => {
    const taken = free.shift();
    if (taken === undefined) return false;
    const [name, length] = taken;
    const { events, currentStreamVersion } = await store.readStream(name);
    if (events.length !== length) throw new Error(`${name} has ${events.length} events instead of ${length}`);
    await store.appendToStream(name, [{ type: TYPE, data }], { expectedStreamVersion: currentStreamVersion });
    if (length + 1 <= LONGEST) free.push([name, length + 1]);
    return true;
  });
  return { commands, seconds: took, written: commands + wanted * past.length };
}

/** How often `one` was done by so many callers, and the seconds that it took. */
async function byCallers(callers, seconds, one) {
  const begun = performance.now();
  const until = begun + seconds * 1000;
  let done = 0;
  const caller = async () => {
    while (performance.now() < until && (await one())) done += 1;
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return [done, (performance.now() - begun) / 1000];
}

/** `act` for all of `them`, as many at a time as there are connections. */
async function each(them, act) {
  const left = [...them];
  const worker = async () => {
    for (let one = left.pop(); one !== undefined; one = left.pop()) await act(one);
  };
  await Promise.all(Array.from({ length: POOL }, worker));
}

function version(name) {
  return JSON.parse(readFileSync(join(packages, "node_modules", name, "package.json"), "utf-8")).version;
}

async function main() {
  const making = getPostgreSQLEventStore(DSN);
  await making.schema.migrate();
  await making.close();
  const pool = new pg.Pool({ connectionString: DSN, max: POOL, idleTimeoutMillis: 0 });
  store = getPostgreSQLEventStore(DSN, { schema: { autoMigration: "None" }, connectionOptions: { pool } });
  const configuration =
    `Emmett ${version("@event-driven-io/emmett-postgresql")}: Node ${process.versions.node}, ` +
    `pg ${version("pg")}, pool of ${POOL}, no migration at each call, one process`;
  const say = (answer) => process.stdout.write(`${JSON.stringify({ ...answer, configuration })}\n`);
  const does = { append, load_append: loadAppend };
  say({});
  for await (const line of createInterface({ input: process.stdin })) {
    const { do: what, ...asked } = JSON.parse(line);
    say(await does[what](asked));
  }
  await pool.end();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
