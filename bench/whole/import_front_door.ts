import "concurrent-futures";

console.log(0);
