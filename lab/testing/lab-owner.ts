/** Opens a lab with a process in it, says so, and waits to be killed. */
import { Lab } from "../lab.js";
import { pair } from "../topology.js";

const lab = await Lab.open(pair());
const { pid } = await lab.host("web1").spawn(["sleep", "1000"]);
console.log(JSON.stringify({ id: lab.id, pid }));
