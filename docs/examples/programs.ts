/** An example: a module whose `main` does something, checks it, and prints how long it took. */
interface Program {
  readonly name: string;
  readonly about: string;
  readonly load: () => Promise<{ main(): Promise<void> }>;
}

/** The examples, in the order in which they run. */
export const programs: readonly Program[] = [
  {
    name: "requests",
    about: "twelve requests to a web server, three at a time",
    load: () => import("./requests.js"),
  },
  {
    name: "fibonacci",
    about: "Fibonacci numbers on all cores",
    load: () => import("./fibonacci.js"),
  },
  {
    name: "failures",
    about: "calls that fail, read by addDoneCallback and exception()",
    load: () => import("./failures.js"),
  },
  {
    name: "one-file",
    about: "a thousand results, written to one file by callbacks",
    load: () => import("./one-file.js"),
  },
  {
    name: "multiprocessing-process",
    about: "processes started and joined, on threads and on processes",
    load: () => import("./multiprocessing-process.js"),
  },
  {
    name: "multiprocessing-pool",
    about: "a pool of six, on threads and on processes, beside Python's",
    load: () => import("./multiprocessing-pool.js"),
  },
  {
    name: "multiprocessing-sharing",
    about: "a number, an array, a queue and a pipe between workers",
    load: () => import("./multiprocessing-sharing.js"),
  },
  {
    name: "multiprocessing-managers",
    about: "a dict, a queue and a number that a manager serves to threads and to processes",
    load: () => import("./multiprocessing-managers.js"),
  },
  {
    name: "python-colleague",
    about: "a model in Python that answers this program, and a Python program that sends work here",
    load: () => import("./python-colleague.js"),
  },
  {
    name: "report",
    about: "a map with a bar, and a page that says what its pool did",
    load: () => import("./report.js"),
  },
  {
    name: "many-machines",
    about: "two workers that take calls from Redis",
    load: () => import("./many-machines.js"),
  },
];
