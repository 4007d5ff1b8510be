// Standard output belongs to the protocol. Imported before anything that could print; whoever prints, prints to stderr.
console.log = console.error;
console.info = console.error;
console.debug = console.error;
