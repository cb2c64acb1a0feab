// poolifier wants an object of functions, each of one argument.
import { ThreadWorker } from "poolifier";
import * as tasks from "../dist/tasks/index.js";

export default new ThreadWorker({ ...tasks });
