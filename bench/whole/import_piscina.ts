import "piscina";

console.log(0);
