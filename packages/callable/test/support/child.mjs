import { serve } from "./serve.mjs";

process.on("message", (call) => serve(call, "spawn", (reply) => process.send(reply)));
