import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import test from "node:test";

const root = new URL("../", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));

test("Pi finds the extension through the manifest", async () => {
  assert.ok(manifest.keywords.includes("pi-package"));
  for (const path of manifest.pi.extensions) {
    const { default: factory } = await import(new URL(path, root).href);
    assert.equal(typeof factory, "function");
  }
});

test("the package needs nothing but Node and ships what it needs", () => {
  assert.equal(manifest.type, "module");
  for (const kind of ["dependencies", "peerDependencies", "devDependencies"]) assert.equal(manifest[kind], undefined);
  for (const path of [...manifest.files, "README.md", "LICENSE"]) assert.ok(existsSync(new URL(path, root)), path);
  for (const name of readdirSync(new URL("src/", root))) {
    const source = readFileSync(new URL(`src/${name}`, root), "utf8");
    const imports = [...source.matchAll(/from "([^"]+)"/g)].map((match) => match[1]);
    assert.ok(imports.every((path) => path.startsWith("./") || path.startsWith("node:")), name);
  }
});

test("the README names each command and tool", async () => {
  const readme = readFileSync(new URL("README.md", root), "utf8");
  const { ACTIONS } = await import("../src/actions.js");
  for (const { command, tool } of ACTIONS) {
    assert.ok(readme.includes(`/${command}`), command);
    if (tool) assert.ok(readme.includes(`\`${tool}\``), tool);
  }
});
