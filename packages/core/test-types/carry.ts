import { type Carrier, carry } from "@concurrent-futures/core";

declare const restore: Carrier["restore"];
const stop: () => void = carry({ name: "x", capture: () => undefined, restore });
stop();

// @ts-expect-error only text travels
carry({ name: "x", capture: () => 3, restore });
// @ts-expect-error it has to be restored
carry({ name: "x", capture: () => "3" });
