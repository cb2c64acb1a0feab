/** Milliseconds that a shutdown gives Redis for cleaning up; keys that it leaves have a limit to their lives. */
const cleaningTime = 2_000;

/** Waits for work that ends by itself, but not forever. */
export async function briefly(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, cleaningTime);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
