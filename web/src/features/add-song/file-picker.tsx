import { type ReactNode, useRef } from "react";
import { uploadQueue } from "./upload-queue.ts";

const ACCEPTED = "audio/*,.mp3,.flac,.wav,.ogg,.oga,.opus,.aiff,.aif";

/** The browser's own dialog for files, behind whatever control opens it. */
export function FilePicker({ children }: { children: (open: () => void) => ReactNode }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        hidden
        type="file"
        multiple
        accept={ACCEPTED}
        onChange={(event) => {
          uploadQueue.addFiles(event.target.files ?? []);
          event.target.value = "";
        }}
      />
      {children(() => input.current?.click())}
    </>
  );
}
