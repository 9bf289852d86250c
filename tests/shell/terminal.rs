//! The `firesteel` command in a pseudo-terminal.

use rustix::process::{ioctl_tiocsctty, setsid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Ctrl-C.
pub const INTERRUPT: &str = "\x03";
/// Ctrl-D.
pub const END: &str = "\x04";
/// The arrow key.
pub const UP: &str = "\x1b[A";

/// How long anything may take; debug builds on busy machines are slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running command and what it has written.
pub struct Terminal {
    child: Child,
    master: File,
    written: Arc<Written>,
    /// Bytes of the output, escape sequences left out, that were expected already.
    seen: usize,
}

#[derive(Default)]
struct Written {
    bytes: Mutex<Vec<u8>>,
    more: Condvar,
}

impl Terminal {
    /// Starts the command with `home` as the user's folder, in the root of the repository.
    pub fn start(arguments: &[&str], home: &Path) -> Terminal {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a pseudo-terminal");
        grantpt(&master).expect("a pseudo-terminal");
        unlockpt(&master).expect("a pseudo-terminal");
        let name = ptsname(&master, Vec::new()).expect("a pseudo-terminal");
        let slave = File::options()
            .read(true)
            .write(true)
            .open(name.to_str().expect("a path"))
            .expect("a pseudo-terminal");
        let size = Winsize {
            ws_row: 40,
            ws_col: 120,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        tcsetwinsize(&slave, size).expect("a size");
        let stream = || slave.try_clone().expect("a pseudo-terminal");
        let mut command = Command::new(env!("CARGO_BIN_EXE_firesteel"));
        command
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("HOME", home)
            .env("TERM", "xterm-256color")
            .stdin(stream())
            .stdout(stream())
            .stderr(stream());
        // Both calls are allowed between fork and exec.
        unsafe {
            command.pre_exec(|| {
                setsid()?;
                ioctl_tiocsctty(std::io::stdin())?;
                Ok(())
            })
        };
        let child = command.spawn().expect("the command starts");
        let master = File::from(master);
        let written = Arc::new(Written::default());
        let (reader, shared) = (
            master.try_clone().expect("a pseudo-terminal"),
            written.clone(),
        );
        std::thread::spawn(move || read_on(reader, &shared));
        Terminal {
            child,
            master,
            written,
            seen: 0,
        }
    }

    /// Types.
    pub fn send(&mut self, keys: &str) {
        self.master
            .write_all(keys.as_bytes())
            .expect("keys are taken");
    }

    /// Waits until `text` has been written behind what was expected before; gives all up to there, escape
    /// sequences left out.
    pub fn expect(&mut self, text: &str) -> String {
        let seen = self.seen;
        let found = self.wait_for(|output| {
            let plain = plain(output);
            let new = plain.get(seen..)?;
            Some(new[..new.find(text)? + text.len()].to_string())
        });
        let found = found.unwrap_or_else(|all| {
            let plain = plain(&all);
            panic!("{text:?} did not come, but {:?}", plain.get(seen..))
        });
        self.seen += found.len();
        found
    }

    /// Waits until `text` has been written at any time, with escape sequences.
    pub fn expect_raw(&mut self, text: &str) {
        self.wait_for(|output| output.contains(text).then(String::new))
            .unwrap_or_else(|output| panic!("{text:?} did not come, but {output:?}"));
    }

    /// Waits until `find` finds something in the output, and gives that; or the output if it does not.
    fn wait_for(&self, find: impl Fn(&str) -> Option<String>) -> Result<String, String> {
        let deadline = Instant::now() + PATIENCE;
        let mut bytes = (self.written.bytes.lock()).unwrap_or_else(PoisonError::into_inner);
        loop {
            let output = String::from_utf8_lossy(&bytes);
            if let Some(found) = find(&output) {
                return Ok(found);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(output.into_owned());
            }
            let waited = self.written.more.wait_timeout(bytes, left);
            bytes = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits for the end of the command.
    pub fn wait(mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("a status") {
                return status;
            }
            assert!(Instant::now() < deadline, "the command does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended long ago.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads to the end, and answers as a terminal does when it is asked where the cursor is.
fn read_on(mut master: File, written: &Written) {
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = master.read(&mut buffer) {
        let new = &buffer[..length];
        let questions = new.windows(4).filter(|four| four == b"\x1b[6n").count();
        for _ in 0..questions {
            let _ = master.write_all(b"\x1b[1;1R");
        }
        let mut bytes = written.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        bytes.extend_from_slice(new);
        written.more.notify_all();
    }
}

/// The text without escape sequences and carriage returns.
fn plain(output: &str) -> String {
    let mut plain = String::new();
    let mut characters = output.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\x1b' if characters.peek() == Some(&'[') => {
                characters.next();
                characters.by_ref().find(|c| c.is_ascii_alphabetic());
            }
            // ESC and one character, such as "save the cursor".
            '\x1b' => {
                characters.next();
            }
            '\r' => {}
            c => plain.push(c),
        }
    }
    plain
}
