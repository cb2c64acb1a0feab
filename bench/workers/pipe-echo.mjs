/** Gives back what comes, by the pipes of a child process. */
process.stdin.on("data", (bytes) => process.stdout.write(bytes));
