// Keeps standard output for the protocol: imported before anything that could print, it sends all printing to stderr.
console.log = console.error;
console.info = console.error;
console.debug = console.error;
