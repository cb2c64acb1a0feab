// What synckit's blocking call runs.
import { runAsWorker } from "synckit";
import { square } from "../dist/tasks/square.js";

runAsWorker(square);
