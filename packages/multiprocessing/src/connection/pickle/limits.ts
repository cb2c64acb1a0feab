/** Lists, tuples, dicts, sets and bytes in one message: an empty one costs one byte there and some 80 bytes of memory here. */
export const mostContainers = 1_000_000;

/** Bytes of one integer. Work on a `bigint` grows faster than its length. */
export const longestInteger: number = 64 * 1024;
