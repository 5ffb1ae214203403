/* A mockhere of one's own: started, waited for, ended. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const EXECUTABLE = process.env.MOCKHERE || join(ROOT, "build/dev/mockhere");
const START_MS = 30_000;

/* Start a server on a free port with the options given. It ends with this process at the latest. */
export async function startMockhere(...options) {
    const folder = mkdtempSync(join(tmpdir(), "mockhere-"));
    const ready = join(folder, "ready");
    const log = join(folder, "log");
    const file = openSync(log, "w");
    const child = spawn(
        EXECUTABLE,
        ["serve", "--port", "0", "--ready-file", ready, "--exit-with-stdin", "--data", join(folder, "data"), ...options],
        { stdio: ["pipe", file, file] },
    );
    const ended = once(child, "exit");
    const logText = () => readFileSync(log, "utf8");
    const end = Date.now() + START_MS;
    while (!existsSync(ready)) {
        assert.equal(child.exitCode, null, `mockhere ended:\n${logText()}`);
        assert.ok(Date.now() < end, `mockhere is not ready:\n${logText()}`);
        await sleep(5);
    }
    const stop = async () => {
        child.kill("SIGTERM");
        const [code] = await ended;
        assert.equal(code, 0, logText());
        rmSync(folder, { recursive: true });
    };
    return { url: readFileSync(ready, "utf8").trim(), logText, stop };
}
