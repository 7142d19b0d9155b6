//! What clients send about accounts: bodies of the REST API and arguments of server functions.

use super::{Email, EthAddress, Name, Sensitive};
use serde::{Deserialize, Serialize};

macro_rules! request {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }
    };
}

request! {
    /// A new account.
    Register {
        /// Where it can be reached.
        email: Email,
        /// 12 to 128 characters.
        password: Sensitive,
        /// What its owner wants to be called.
        name: Name,
    }
}
request! {
    /// Signing in.
    Login {
        /// The account's address.
        email: Email,
        /// Its password.
        password: Sensitive,
    }
}
request! {
    /// The second step of signing in.
    SecondFactor {
        /// From the first step's answer.
        mfa_token: Sensitive,
        /// Six digits of the authenticator app, or a recovery code.
        code: Sensitive,
    }
}
request! {
    /// A code of the authenticator app.
    TotpCode {
        /// Six digits.
        code: Sensitive,
    }
}
request! {
    /// A fresh proof of who is there: the second factor, or the password where none is set up, or
    /// a wallet's signature where there is neither.
    StepUp {
        /// Six digits of the authenticator app, or a recovery code.
        #[serde(default)]
        code: Option<Sensitive>,
        /// The account's password.
        #[serde(default)]
        password: Option<Sensitive>,
        /// A message by EIP-4361.
        #[serde(default)]
        message: Option<String>,
        /// Its signature by EIP-191.
        #[serde(default)]
        signature: Option<String>,
    }
}
request! {
    /// Another password.
    ChangePassword {
        /// The present one.
        current_password: Sensitive,
        /// The new one, 12 to 128 characters.
        new_password: Sensitive,
    }
}
request! {
    /// Asking for a link to set a new password.
    ForgotPassword {
        /// The account's address.
        email: Email,
    }
}
request! {
    /// A new password by the link in the mail.
    ResetPassword {
        /// From the link.
        token: Sensitive,
        /// The new one, 12 to 128 characters.
        password: Sensitive,
    }
}
request! {
    /// Following the link in the mail.
    VerifyEmail {
        /// From the link.
        token: Sensitive,
    }
}
request! {
    /// Asking for another link.
    ResendVerification {
        /// The account's address.
        email: Email,
    }
}
request! {
    /// A change of one's own account. What is missing stays.
    UpdateMe {
        /// What its owner wants to be called.
        #[serde(default)]
        name: Option<Name>,
    }
}
request! {
    /// Deleting one's own account. Needs a fresh second factor.
    DeleteMe {
        /// `delete`, so that no slip of a program ends an account.
        confirm: String,
    }
}
request! {
    /// Asking for a nonce to sign.
    WalletAddress {
        /// The wallet's address.
        address: EthAddress,
    }
}
request! {
    /// A signed message.
    WalletProof {
        /// A message by EIP-4361.
        message: String,
        /// Its signature by EIP-191: `0x` and 130 hexadecimal digits.
        signature: String,
    }
}
