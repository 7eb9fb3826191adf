// Before anything else: an older Node stumbles over what comes after this.

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `This needs Node 20.19 or newer, and this is ${process.versions.node}. Install Node 24 from https://nodejs.org, then run it again.`,
  );
  process.exit(1);
}
