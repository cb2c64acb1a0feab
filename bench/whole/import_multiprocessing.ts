import "concurrent-futures/multiprocessing";

console.log(0);
