//! What can go wrong with a database.

/// Why an operation failed. Nothing was changed then, except for [`Self::Unavailable`], after which
/// it may have been.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database does not answer, or not in time. The text never holds credentials.
    #[error("the database does not answer: {0}")]
    Unavailable(String),
    /// There is no room left.
    #[error("the database is full: {0}")]
    Full(String),
    /// Another record has this already; the name is that of the field.
    #[error("another record has the same {0}")]
    Taken(&'static str),
    /// The record was changed by somebody else meanwhile, or is gone.
    #[error("the record was changed meanwhile")]
    Changed,
    /// What is stored is not what this version writes.
    #[error("unexpected content: {0}")]
    Corrupt(String),
}

/// Why a database can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address is neither `sqlite://…` nor `mongodb://…`. Not quoted: it may hold a password.
    #[error("must be sqlite://FILE or mongodb://[user:password@]host[:port]/[database]")]
    Url,
    /// The embedded database is damaged.
    #[error("the database is damaged: {0}; restore a backup")]
    Damaged(String),
    /// It was written by a newer version of the program.
    #[error("the database has version {found}, this program knows {known}: use a newer program")]
    TooNew {
        /// Version found.
        found: u32,
        /// Newest version known.
        known: u32,
    },
    /// The server can't keep several changes together.
    #[error(
        "MongoDB runs as a server by itself, and transactions need a replica set, which may consist \
         of one server: start mongod with --replSet and run rs.initiate() once"
    )]
    NoTransactions,
    /// Anything else.
    #[error(transparent)]
    Store(#[from] StoreError),
}
