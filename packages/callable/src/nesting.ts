/**
 * Levels that a value may have. V8 writes and reads nested values by recursion, and fails where the stack ends: a worker's is four
 * times that of the main thread, so what one side has written the other could not read, and the message would be lost. The
 * main thread reads about 1,900 levels of objects in Node 20; half of that leaves room for a caller that is deep in calls itself.
 */
export const deepest = 1_000;
