/* The examples of README.md are run as they stand, but for the address. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";

import { newWorld } from "./support.mjs";
import { ROOT } from "./server.mjs";

const ADDRESS = "http://127.0.0.1:8080";
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const EXAMPLES = [...README.matchAll(/^```ts\n(.*?)^```$/gms)].map((block) => block[1]);

test("there is an example", () => {
    assert.ok(EXAMPLES.length > 0 && EXAMPLES.every((code) => code.includes(ADDRESS)));
});

for (const [index, code] of EXAMPLES.entries()) {
    test(`example ${index} runs`, async (t) => {
        /* Only below the folder of the packages are they found by their names. */
        const folder = mkdtempSync(join(process.env.NODE_FOLDER, "readme-"));
        t.after(() => rmSync(folder, { recursive: true }));
        writeFileSync(join(folder, "example.mjs"), code.replaceAll(ADDRESS, newWorld().base));
        const ran = await promisify(execFile)(process.execPath, [join(folder, "example.mjs")], { cwd: ROOT });
        assert.match(ran.stdout, /\S/);
    });
}
