//! Both databases do the same: run as it is on SQLite, and again on PostgreSQL.

use rolecall_access::Timestamp;
use rolecall_store::resource::{Accounts, List, NewAccount, Roles};
use rolecall_store::{Caller, In, Read};

use crate::{NOW, add_role, caller, found, open, role_names};
