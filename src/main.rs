//! The `firesteel` command; see [`firesteel::cli`].

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    firesteel::cli::keep_freed_pages();
    firesteel::cli::main()
}
