//! As much of Redis's protocol (RESP2) as asking one question takes, with one deadline for all of it.
//!
//! The other side may be anything that answers at that address: sizes and depths are bounded before memory is asked for.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// The longest text that is read.
const LONGEST: usize = 4 << 20;
/// The longest list, and the deepest.
const MOST: usize = 100_000;
const DEEPEST: usize = 4;

/// What Redis answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// A text of any bytes.
    Text(Vec<u8>),
    /// A number.
    Number(i64),
    /// Nothing there.
    Nothing,
    /// Several.
    List(Vec<Reply>),
}

impl Reply {
    /// The text, with what is no UTF-8 replaced; empty for everything else.
    pub fn text(&self) -> String {
        match self {
            Self::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            Self::Number(_) | Self::Nothing | Self::List(_) => String::new(),
        }
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Failure {
    /// The network, or the deadline.
    Io(io::Error),
    /// Redis said no: `NOPERM …`, `WRONGPASS …`.
    Refused(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A connection that lives until its deadline.
#[derive(Debug)]
pub struct Connection {
    reader: BufReader<Timed>,
}

impl Connection {
    /// Connects to `HOST:PORT`; everything that follows must be over within `wait`.
    pub fn open(address: &str, wait: Duration) -> io::Result<Self> {
        let deadline = Instant::now() + wait;
        let mut last = io::Error::from(io::ErrorKind::NotFound);
        for place in resolve(address, wait)? {
            match TcpStream::connect_timeout(&place, left(deadline)?) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    let reader = BufReader::new(Timed { stream, deadline });
                    return Ok(Self { reader });
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Gives a long-lived connection another `wait`.
    pub fn extend(&mut self, wait: Duration) {
        self.reader.get_mut().deadline = Instant::now() + wait;
    }

    /// Sends one command and reads its answer.
    pub fn call(&mut self, words: &[&str]) -> Result<Reply, Failure> {
        let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
        for word in words {
            bytes.extend_from_slice(format!("${}\r\n{word}\r\n", word.len()).as_bytes());
        }
        self.reader.get_mut().write_all(&bytes)?;
        self.reply(DEEPEST)
    }

    fn reply(&mut self, depth: usize) -> Result<Reply, Failure> {
        let mut line = Vec::new();
        (&mut self.reader)
            .take(64 << 10)
            .read_until(b'\n', &mut line)?;
        let text = String::from_utf8_lossy(&line);
        let text = text
            .strip_suffix("\r\n")
            .ok_or_else(|| odd("a line without an end"))?;
        let kind = text.chars().next().ok_or_else(|| odd("an empty line"))?;
        let rest = &text[kind.len_utf8()..];
        let count = || {
            rest.parse::<i64>()
                .map_err(|_| odd("a number that is none"))
        };
        match kind {
            '+' => Ok(Reply::Text(rest.as_bytes().to_vec())),
            '-' => Err(Failure::Refused(rest.to_owned())),
            ':' => Ok(Reply::Number(count()?)),
            '$' | '*' if count()? < 0 => Ok(Reply::Nothing),
            '$' => {
                let length = bounded(count()?, LONGEST)?;
                let mut bytes = vec![0; length + 2];
                self.reader.read_exact(&mut bytes)?;
                bytes.truncate(length);
                Ok(Reply::Text(bytes))
            }
            '*' if depth > 0 => {
                let length = bounded(count()?, MOST)?;
                let items = (0..length).map(|_| self.reply(depth - 1));
                Ok(Reply::List(items.collect::<Result<_, _>>()?))
            }
            _ => Err(odd("an answer that is not Redis's").into()),
        }
    }
}

fn bounded(count: i64, most: usize) -> io::Result<usize> {
    usize::try_from(count)
        .ok()
        .filter(|count| *count <= most)
        .ok_or_else(|| odd("an answer that is too long"))
}

fn odd(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Err(io::Error::from(io::ErrorKind::TimedOut));
    }
    Ok(left)
}

/// Looking up a name can take far longer than anybody wants to wait, and cannot be told how long.
fn resolve(address: &str, wait: Duration) -> io::Result<Vec<SocketAddr>> {
    if let Ok(place) = address.parse() {
        return Ok(vec![place]);
    }
    let (send, receive) = mpsc::channel();
    let address = address.to_owned();
    std::thread::spawn(move || {
        // Nobody may be listening any more.
        let _ = send.send(address.to_socket_addrs().map(Iterator::collect));
    });
    receive
        .recv_timeout(wait)
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

/// A stream whose every read and write ends at the deadline, however slowly the other side drips.
#[derive(Debug)]
struct Timed {
    stream: TcpStream,
    deadline: Instant,
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(left(self.deadline)?))?;
        self.stream.read(buffer).map_err(late)
    }
}

impl Write for Timed {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(left(self.deadline)?))?;
        self.stream.write(buffer).map_err(late)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// A time-out on a socket is reported as "would block".
fn late(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock => io::Error::from(io::ErrorKind::TimedOut),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// A server that says `bytes` after the first request, one byte every `pause`.
    fn server(bytes: &'static [u8], pause: Duration) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a client");
            let _ = stream.read(&mut [0; 1024]);
            for byte in bytes {
                if stream.write_all(&[*byte]).is_err() {
                    return;
                }
                std::thread::sleep(pause);
            }
            std::thread::sleep(Duration::from_secs(3));
        });
        address
    }

    fn ask(bytes: &'static [u8], pause: Duration) -> Result<Reply, Failure> {
        let address = server(bytes, pause);
        let mut connection = Connection::open(&address, Duration::from_millis(400))?;
        connection.call(&["PING"])
    }

    #[test]
    fn answers_are_read() {
        let reply = ask(b"*3\r\n$2\r\na\n\r\n:-7\r\n$-1\r\n", Duration::ZERO).expect("a list");
        let items = vec![
            Reply::Text(b"a\n".to_vec()),
            Reply::Number(-7),
            Reply::Nothing,
        ];
        assert_eq!(reply, Reply::List(items));
        let refused = ask(b"-NOPERM no\r\n", Duration::ZERO).expect_err("refused");
        assert!(matches!(refused, Failure::Refused(text) if text == "NOPERM no"));
    }

    #[test]
    fn nonsense_is_an_error_and_asks_for_no_memory() {
        for bytes in [
            &b"$99999999999\r\n"[..],
            b"*99999999\r\n",
            b"*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
            b"HTTP/1.1 400 Bad Request\r\n",
            b"$x\r\n",
            b"\xff\r\n",
        ] {
            let failure = ask(bytes, Duration::ZERO).expect_err("nonsense");
            assert!(matches!(failure, Failure::Io(_)), "{failure:?}");
        }
    }

    #[test]
    fn a_server_that_drips_does_not_hold_anybody() {
        let begin = Instant::now();
        let failure = ask(
            b"$100\r\nabcdefghijklmnopqrstuvwxyz",
            Duration::from_millis(100),
        );
        assert!(
            matches!(failure, Err(Failure::Io(error)) if error.kind() == io::ErrorKind::TimedOut)
        );
        assert!(begin.elapsed() < Duration::from_secs(2));
    }
}
