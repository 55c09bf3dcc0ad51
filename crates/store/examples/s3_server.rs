//! A server that speaks S3 and checks signatures, for tests: `s3_server DIRECTORY PORT`, where each directory in
//! DIRECTORY is a bucket. Who may use it is in `S3_SERVER_KEY` and `S3_SERVER_SECRET`.

use std::env;
use std::error::Error;

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tokio::net::TcpListener;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let directory = arguments.next().ok_or("no directory")?;
    let port: u16 = arguments.next().ok_or("no port")?.parse()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let files = FileSystem::new(directory).map_err(|error| format!("{error:?}"))?;
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(SimpleAuth::from_single(
            env::var("S3_SERVER_KEY")?,
            env::var("S3_SERVER_SECRET")?,
        ));
        let service = service.build();
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        loop {
            let (stream, _) = listener.accept().await?;
            let service = service.clone();
            tokio::spawn(async move {
                // A client that goes away is no failure of the server's.
                let _ = http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    })
}
