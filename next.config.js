/** @type {import('next').NextConfig} */
export default {
  // `npm test` builds beside a running server, not over it.
  distDir: process.env.NEXT_DIST_DIR || '.next',
  poweredByHeader: false,
  // Pictures come with the program; the optimiser would fetch and resize on a caller's wish.
  images: { unoptimized: true, remotePatterns: [] },
  // Packages with native code, or whose objects are shared with `server.ts`: one copy, loaded by Node.
  serverExternalPackages: [
    '@node-rs/argon2',
    '@prisma/adapter-pg',
    '@prisma/client',
    '@prisma/driver-adapter-utils',
    'nodemailer',
    'pg',
    'pino',
  ],
  // `npm test` checks types and style; a start does not check them again.
  typescript: { ignoreBuildErrors: true },
  // Route types are reached through next-env.d.ts, so that no build has to write into tsconfig.json.
  experimental: { useTypeScriptCli: true, strictRouteTypes: true },
};
