#!/usr/bin/env node
/** The command `concurrent-futures`: hands each of its commands on to the package that has it. */

const help = `Usage: concurrent-futures <command>

  run script          runs a script and shows what its pools do
  show file           prints a report or a trace that run or a Recorder has written

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
