// workerpool wants its tasks registered from inside the worker.
import workerpool from "workerpool";
import * as tasks from "../dist/tasks/index.js";

workerpool.worker({ ...tasks });
