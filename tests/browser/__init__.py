"""What the browser tests, which are written in TypeScript in web/browser, need from Python."""
