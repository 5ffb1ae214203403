/* Start one server for all tests, run them with node's runner, and end the server. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { startMockhere } from "./server.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const LOG_LINES = 40;

const named = process.argv.slice(2);
const files = named.length ? named : readdirSync(HERE).filter((name) => name.endsWith(".test.mjs")).sort();
const server = await startMockhere();
const { CO_API_KEY: _, ...env } = process.env;
const runner = spawn(process.execPath, ["--test", ...files.map((name) => join(HERE, name))], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...env, MOCKHERE_URL: server.url },
});
const [code] = await once(runner, "exit");
if (code !== 0) {
    console.error(`end of the server's log:\n${server.logText().split("\n").slice(-LOG_LINES).join("\n")}`);
}
await server.stop();
process.exitCode = code ?? 1;
