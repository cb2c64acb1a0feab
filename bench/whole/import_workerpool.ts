import "workerpool";

console.log(0);
