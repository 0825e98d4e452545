// Runs the built tests. Those that share nothing run side by side, and the simulation's, which ask for much of the machine,
// by themselves; those that build labs run one after the other, since they measure time on a machine that may have two
// cores. `node tools/run-tests.js PART…` runs the files whose path contains one of the parts.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const parts = process.argv.slice(2);

/** Tests that need the machine to themselves, by folder of the built tree. */
const ALONE = ["dist/test/lab", "dist/lab"];
const SIMULATION = ["dist/test/simulation"];
/** Tests that run on a kernel of their own: `npm run test:vm`. */
const ELSEWHERE = "dist/test/vm";
const PROPERTY_SEED = "./dist/test/support/property-seed.js";

function testsUnder(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".test.js"))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
    .filter((file) => !file.startsWith(`${ELSEWHERE}/`))
    .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)))
    .sort();
}

function runGroup(name, files, concurrency) {
  if (files.length === 0) return 0;
  console.log(`\n== ${name}: ${files.length} files`);
  const args = [
    "--enable-source-maps",
    "--import",
    PROPERTY_SEED,
    "--test",
    `--test-concurrency=${concurrency}`,
    "--test-reporter=spec",
    ...files,
  ];
  return spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status ?? 1;
}

const all = [...testsUnder("dist/src"), ...testsUnder("dist/test"), ...testsUnder("dist/lab")];
const isIn = (folders) => (file) => folders.some((folder) => file.startsWith(`${folder}/`));
const others = all.filter((file) => !isIn([...ALONE, ...SIMULATION])(file));
const statuses = [
  runGroup("side by side", others, 2),
  runGroup("one after the other", all.filter(isIn(ALONE)), 1),
  runGroup("the simulation", all.filter(isIn(SIMULATION)), 2),
];
if (all.length === 0) console.error("No test matches");
process.exit(all.length === 0 ? 1 : Math.max(...statuses));
