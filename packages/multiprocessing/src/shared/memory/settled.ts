/** What calls give whose effect has taken place when they return. */
export const done: Promise<void> = Promise.resolve();

/** What `acquire` gives when it did not have to wait. */
export const acquired: Promise<boolean> = Promise.resolve(true);
