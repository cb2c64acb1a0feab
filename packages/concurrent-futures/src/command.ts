#!/usr/bin/env node
/** The command `concurrent-futures`: hands each of its commands on to the package that has it. */

const help = `Usage: concurrent-futures <command>

  run script          runs a script and shows what its pools do
  show file           prints a report or a trace that run or a Recorder has written
  worker [modules…]   takes calls of DistributedExecutors and runs them on this machine

concurrent-futures <command> --help says more.
`;

const [command, ...args] = process.argv.slice(2);

switch (command) {
  case "run":
    process.exitCode = await (await insights()).runCommand(args);
    break;
  case "show":
    process.exitCode = await (await insights()).showCommand(args);
    break;
  case "worker":
    process.exitCode = await worker();
    break;
  case "--help":
    process.stdout.write(help);
    break;
  default:
    process.stderr.write(
      command === undefined ? help : `There is no command ${JSON.stringify(command)}.\n\n${help}`,
    );
    process.exitCode = 2;
}

/** Loaded when it is needed: the other commands have nothing to do with it. */
function insights(): Promise<typeof import("@concurrent-futures/insights/command")> {
  return import("@concurrent-futures/insights/command");
}

async function worker(): Promise<number> {
  let found: typeof import("@concurrent-futures/distributed/command");
  try {
    // A peer that is optional: a program for one machine need not install it.
    found = await import("@concurrent-futures/distributed/command");
  } catch (error) {
    if ((error as { code?: unknown }).code !== "ERR_MODULE_NOT_FOUND") throw error;
    process.stderr.write(
      "This command needs a package of its own: npm install @concurrent-futures/distributed\n",
    );
    return 1;
  }
  return found.runWorkerCommand(args);
}
