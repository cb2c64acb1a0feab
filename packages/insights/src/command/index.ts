export { runCommand } from "./run-command.ts";
export { showCommand } from "./show-command.ts";
